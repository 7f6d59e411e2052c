-- One catalogue: its items in partitions by category, and what a model reads of them.
-- Run with the schema of the catalogue first in search_path.

CREATE TABLE catalogue (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    run text NOT NULL,
    width integer NOT NULL,
    feature_width integer NOT NULL,
    version bigint NOT NULL DEFAULT 0,
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
CREATE TABLE items (
    part integer NOT NULL,
    key bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    title text,
    image text,
    price double precision,
    in_stock boolean NOT NULL,
    colour text,
    looks text,
    brand text,
    photo text,
    attributes jsonb NOT NULL,
    colour_word text COLLATE "C",
    brand_word text COLLATE "C",
    attribute_words jsonb NOT NULL,
    vector vector NOT NULL,
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
