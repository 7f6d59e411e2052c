-- One catalogue: its items in partitions by category, and what a model reads of them.
-- Run with the schema of the catalogue first in search_path.

-- The items of a version have keys from `first_key` to below `next_key`: all below went when
-- everything was replaced.
CREATE TABLE catalogue (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    run text NOT NULL,
    width integer NOT NULL,
    feature_width integer NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    first_key bigint NOT NULL DEFAULT 0,
    next_key bigint NOT NULL DEFAULT 0,
    attributes text[] NOT NULL DEFAULT '{}'
);

-- The partition of a category is called items_<number>: no word of a catalogue becomes a name.
CREATE TABLE parts (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category text COLLATE "C" NOT NULL,
    fine text COLLATE "C" NOT NULL,
    UNIQUE (category, fine)
);

-- Words are kept twice: as written, and casefolded by Python as conditions compare them.
-- `vector` has no width, because `replace` may bring another model's while old readers read on.
-- What a search looks at stands first: a row is read from its start. `removed` is the version in
-- which an item went: it stays for those who read an older one.
CREATE TABLE items (
    key bigint NOT NULL,
    part integer NOT NULL,
    in_stock boolean NOT NULL,
    removed bigint,
    price double precision,
    vector vector NOT NULL,
    colour_word text COLLATE "C",
    brand_word text COLLATE "C",
    id text COLLATE "C" NOT NULL,
    attribute_words jsonb NOT NULL,
    title text,
    image text,
    colour text,
    looks text,
    brand text,
    photo text,
    attributes jsonb NOT NULL,
    PRIMARY KEY (key, part)
) PARTITION BY LIST (part);

-- What `items` cannot promise over its partitions: an id is there once.
CREATE TABLE ids (
    id text COLLATE "C" PRIMARY KEY,
    key bigint NOT NULL UNIQUE,
    part integer NOT NULL REFERENCES parts
);

CREATE TABLE features (
    key bigint PRIMARY KEY,
    numbers bytea NOT NULL
);

-- Numbers do not compress; trying takes time.
ALTER TABLE features ALTER COLUMN numbers SET STORAGE EXTERNAL;
