% A group in which every x·x is e is commutative.
fof(left_neutral, axiom, ! [X] : times(e, X) = X).
fof(left_inverse, axiom, ! [X] : times(inverse(X), X) = e).
fof(associative, axiom, ! [X, Y, Z] : times(times(X, Y), Z) = times(X, times(Y, Z))).
fof(squares, axiom, ! [X] : times(X, X) = e).
fof(commutative, conjecture, ! [X, Y] : times(X, Y) = times(Y, X)).
