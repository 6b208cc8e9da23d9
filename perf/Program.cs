using BenchmarkDotNet.Running;

// In this process: BenchmarkDotNet's own would need a project file with the assembly's name.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
