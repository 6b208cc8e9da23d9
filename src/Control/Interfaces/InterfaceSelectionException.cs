namespace FastFlannel.Control;

/// <summary>No interface could be chosen; the message says why and what to pass.</summary>
/// <param name="message">One line for the operator.</param>
public sealed class InterfaceSelectionException(string message) : Exception(message);
