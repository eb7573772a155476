% The sum of two even numbers is even.
fof(associative, axiom, ! [X, Y, Z] : plus(plus(X, Y), Z) = plus(X, plus(Y, Z))).
fof(commutative, axiom, ! [X, Y] : plus(X, Y) = plus(Y, X)).
fof(even, axiom, ! [X] : (even(X) <=> ? [Y] : X = plus(Y, Y))).
fof(sum, conjecture, ! [X, Y] : ((even(X) & even(Y)) => even(plus(X, Y)))).
