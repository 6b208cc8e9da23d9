namespace FastFlannel.Lab;

/// <summary>A further udp path, to compare one way of running the daemon with another.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="BackendJson">What is merged into its Backend, or <see langword="null"/> for what <c>udp</c> has.</param>
/// <param name="DaemonPath">Its daemon's binary, or <see langword="null"/> for the same as <c>udp</c>.</param>
public sealed record BenchVariant(string Name, string? BackendJson, string? DaemonPath);
