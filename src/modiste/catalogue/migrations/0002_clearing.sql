-- Items that went long ago are cleared away. `versions` says when each version was made; those
-- before `horizon` are no longer whole.

CREATE INDEX items_removed ON items (removed) WHERE removed IS NOT NULL;

ALTER TABLE catalogue ADD COLUMN horizon bigint NOT NULL DEFAULT 0;

CREATE TABLE versions (
    version bigint PRIMARY KEY,
    first_key bigint NOT NULL,
    made timestamptz NOT NULL DEFAULT now()
);
INSERT INTO versions (version, first_key) SELECT version, first_key FROM catalogue;
