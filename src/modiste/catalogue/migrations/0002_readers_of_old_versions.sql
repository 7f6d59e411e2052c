-- Items that are gone stay for a while, so that a server's snapshot is whole until it takes a new
-- one. `removed` is the version in which an item went; all with a key below `first_key` went when
-- everything was replaced. Before `horizon`, what had gone is cleared away.

ALTER TABLE items ADD COLUMN removed bigint;
CREATE INDEX items_removed ON items (removed) WHERE removed IS NOT NULL;

ALTER TABLE catalogue
    ADD COLUMN first_key bigint NOT NULL DEFAULT 0,
    ADD COLUMN horizon bigint NOT NULL DEFAULT 0;
UPDATE catalogue SET horizon = version;

CREATE TABLE versions (
    version bigint PRIMARY KEY,
    first_key bigint NOT NULL,
    made timestamptz NOT NULL DEFAULT now()
);
INSERT INTO versions (version, first_key) SELECT version, first_key FROM catalogue;
