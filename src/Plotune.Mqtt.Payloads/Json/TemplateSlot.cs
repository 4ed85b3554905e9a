namespace Plotune.Mqtt.Payloads.Json;

/// <summary>A place for one value in a <see cref="PayloadTemplate"/>, behind so many fixed bytes.</summary>
/// <param name="Leaf">If it is a leaf, which one of the template.</param>
/// <param name="NullIsOwn">A null here concerns this path alone: nothing is known below it.</param>
internal readonly record struct TemplateSlot(int FixedBytes, int Leaf, SlotRole Role, bool NullIsOwn);
