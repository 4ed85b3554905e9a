using System.Buffers.Binary;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>The second process of <see cref="BareReceiver"/>: reads its samples and adds them up.</summary>
internal static class BareCounter
{
    /// <summary>Prints <c>end SECONDS</c> when the mark of the end has come, and stays until killed, so that its processor time can be read.</summary>
    public static void Run()
    {
        using var input = Console.OpenStandardInput();
        var buffer = GC.AllocateUninitializedArray<byte>(256 << 10, pinned: true);
        var length = 0;
        double sum = 0;
        for (int read; (read = input.Read(buffer, length, buffer.Length - length)) > 0;)
        {
            length += read;
            var offset = 0;
            for (; length - offset >= BareSamples.SampleBytes; offset += BareSamples.SampleBytes)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(offset)) == BareSamples.EndMark)
                {
                    Console.WriteLine(UnixTime.EndLine());
                    Thread.Sleep(Timeout.Infinite);
                }

                sum += BinaryPrimitives.ReadDoubleLittleEndian(buffer.AsSpan(offset + 4));
            }

            Buffer.BlockCopy(buffer, offset, buffer, 0, length - offset);
            length -= offset;
        }

        Console.Error.WriteLine($"The samples ended before the mark of the end; their sum is {sum}.");
    }
}
