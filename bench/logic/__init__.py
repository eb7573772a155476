"""The logic engine beside its peers; see ``__main__``."""
