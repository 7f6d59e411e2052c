"""The parts of a search over settings; `jobs.tune` puts them together."""
