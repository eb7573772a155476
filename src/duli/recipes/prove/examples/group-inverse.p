% In a group an inverse is unique: what gives e from one side is the inverse.
fof(left_neutral, axiom, ! [X] : times(e, X) = X).
fof(left_inverse, axiom, ! [X] : times(inverse(X), X) = e).
fof(associative, axiom, ! [X, Y, Z] : times(times(X, Y), Z) = times(X, times(Y, Z))).
fof(unique_inverse, conjecture, ! [X, Y] : (times(X, Y) = e => Y = inverse(X))).
