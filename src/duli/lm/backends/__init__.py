"""One module a back end; ``lm.registry`` finds them.

Each says in ``EXTRA`` which extra of duli installs it, and in ``PACKAGES`` which modules it imports.
"""
