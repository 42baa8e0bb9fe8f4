// Stands in for the packages of cipher suites that this client never uses (deploy/build.py, ABSENT_SUITES).
throw new Error("this client is built without that cipher suite");
