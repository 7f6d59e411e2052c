"""Files to nouns: importers, audits, splits, negatives, questions, batches."""
