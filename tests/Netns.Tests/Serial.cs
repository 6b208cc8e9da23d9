using Xunit.Sdk;
using Xunit.v3;

// A fault test may keep the machine's processors busy, and what the others wait for would come too late.
[assembly: Parallelization(Mode = ParallelMode.None)]
