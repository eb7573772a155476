% Not every group is commutative: the world that shows it has six things.
fof(left_neutral, axiom, ! [X] : times(e, X) = X).
fof(left_inverse, axiom, ! [X] : times(inverse(X), X) = e).
fof(associative, axiom, ! [X, Y, Z] : times(times(X, Y), Z) = times(X, times(Y, Z))).
fof(commutative, conjecture, ! [X, Y] : times(X, Y) = times(Y, X)).
