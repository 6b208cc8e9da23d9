namespace FastFlannel.Control;

/// <summary>The subnets of one family that may be given out. Addresses are numbers in host byte order.</summary>
/// <param name="Length">Prefix length of each.</param>
/// <param name="Min">First address of the first.</param>
/// <param name="Max">First address of the last.</param>
internal readonly record struct SubnetRange(int Length, UInt128 Min, UInt128 Max);
