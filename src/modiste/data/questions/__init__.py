"""Questions with known answers: made, drawn with fair negatives, kept in files."""
