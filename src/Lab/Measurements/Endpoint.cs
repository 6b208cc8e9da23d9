namespace FastFlannel.Lab;

/// <summary>An end of the overlay that traffic is sent from and to.</summary>
/// <param name="Name">For people, for example <c>c1</c>.</param>
/// <param name="Namespace">Where it is.</param>
/// <param name="Address">Its address on the overlay.</param>
public sealed record Endpoint(string Name, Namespace Namespace, string Address);
