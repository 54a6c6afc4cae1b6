// The least that a program can do: what the start of one costs.
int main() { return 0; }
