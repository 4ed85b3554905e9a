using CsCheck;
using Microsoft.Extensions.Time.Testing;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;
using PacketType = Plotune.Mqtt.Client.Receive.PacketType;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>The pipeline against a broker by the letter, over connections that break at any byte of any packet in either direction.</summary>
public sealed class PublishPipelinePropertyTests
{
    private static readonly Gen<(int, int)[]> Steps = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 1_000_000]).Array[20, 400];

    [Fact]
    public void Session_that_is_kept_gets_every_message_at_least_once_and_QoS_2_exactly_once() =>
        Steps.Sample(steps => new Run(keepsSession: true).Do(steps), iter: 3_000);

    [Fact]
    public void Session_that_is_lost_costs_no_message() =>
        Steps.Sample(steps => new Run(keepsSession: false).Do(steps), iter: 3_000);

    [Fact]
    public void Session_that_another_process_began_swallows_no_message() =>
        Steps.Sample(steps => new Run(keepsSession: true, isForeign: true).Do(steps), iter: 1_000);

    private sealed class Run(bool keepsSession, bool isForeign = false) : IPublishCompletion
    {
        private readonly PublishPipeline _pipeline = new(new PacketIdentifiers(), new FakeTimeProvider());
        private readonly ModelBroker _broker = new();
        private readonly OutgoingBatch _batch = new();
        private readonly Queue<OutgoingPacket> _toBroker = new();
        private readonly Queue<(PacketType Type, ushort Identifier, byte Code)> _toClient = new();
        private readonly List<PublishTicket> _tickets = [];
        private readonly List<QualityOfService> _given = [];
        private readonly Dictionary<int, PublishOutcome> _ended = [];
        private readonly HashSet<int> _withdrawn = [];
        private readonly HashSet<int> _mayBeDoubled = [];
        private bool _isConnected;
        private bool _hasSession;
        private bool _isAwake;

        public void Do((int Action, int Choice)[] steps)
        {
            _hasSession = isForeign;
            for (ushort identifier = 1; isForeign && identifier <= 600; identifier += 3)
                _broker.HoldForeign(identifier);
            foreach (var (action, choice) in steps)
                Do(action, choice);
            Finish();
            Check();
        }

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            Assert.True(_ended.TryAdd((int)id, result.Outcome), "a publish ended twice");
            Assert.DoesNotContain((int)id, _withdrawn);
            if (result.Outcome == PublishOutcome.Delivered && _given[(int)id] != QualityOfService.AtMostOnce)
                Assert.Contains((int)id, _broker.Delivered);
        }

        private void Do(int action, int choice)
        {
            switch (action)
            {
                case < 30:
                    Publish((QualityOfService)(choice % 3), isRefused: choice % 11 == 0);
                    break;
                case < 50:
                    Pump(failsAfter: choice % 13 == 0 ? choice % 7 : null);
                    break;
                case < 68:
                    Deliver(1 + (choice % 5));
                    break;
                case < 86:
                    Answer(1 + (choice % 5));
                    break;
                case < 92:
                    Lose(arriving: choice % 4);
                    break;
                case < 98:
                    Connect(isLost: choice % 2 == 0, window: 1 + (choice % 6));
                    break;
                default:
                    Withdraw(choice);
                    break;
            }
        }

        private void Publish(QualityOfService qos, bool isRefused)
        {
            var number = _given.Count;
            _given.Add(qos);
            if (isRefused && qos != QualityOfService.AtMostOnce)
                _broker.Refuses.Add(number);
            _tickets.Add(_pipeline.Publish(new OutboundPublish($"{number}", default, qos), this, number));
        }

        /// <param name="failsAfter">How many packets of the write arrive before it fails; null if it does not.</param>
        private void Pump(int? failsAfter)
        {
            if (!_isConnected || !_isAwake)
                return;
            _pipeline.Take(_batch);
            var packets = _batch.Packets.ToArray();
            _batch.Clear();
            // What sleeps must be woken, or it sleeps for ever.
            _isAwake = packets.Length > 0;
            foreach (var packet in packets.Take(failsAfter ?? packets.Length))
                _toBroker.Enqueue(packet);
            if (failsAfter is null || packets.Length == 0)
            {
                if (packets.Length > 0)
                    _pipeline.Written();
                return;
            }

            foreach (var packet in packets.Where(packet => packet is { Publish: not null, PacketIdentifier: 0 }))
                _mayBeDoubled.Add(int.Parse(packet.Publish!.Topic, System.Globalization.CultureInfo.InvariantCulture));
            Lose(arriving: failsAfter.Value);
        }

        private void Deliver(int count)
        {
            for (; count > 0 && _toBroker.TryDequeue(out var packet); count--)
            {
                if (_broker.Receive(in packet) is { } answer && _isConnected)
                    _toClient.Enqueue(answer);
            }
        }

        private void Answer(int count)
        {
            for (; count > 0 && _toClient.TryDequeue(out var answer); count--)
                Assert.Null(_pipeline.Answer(answer.Type, answer.Identifier, answer.Code, null));
        }

        private void Lose(int arriving)
        {
            if (!_isConnected)
                return;
            _isConnected = false;
            Deliver(arriving);
            _toBroker.Clear();
            _toClient.Clear();
            _pipeline.Suspend(new ConnectionEnd(LocalFault.ConnectionReset, "", ReasonClass.Retry));
        }

        private void Connect(bool isLost, int window)
        {
            if (_isConnected)
                return;
            if (isLost && !keepsSession)
            {
                _hasSession = false;
                _broker.LoseSession();
            }

            _broker.Connect(window);
            _pipeline.Resume(_hasSession);
            _hasSession = true;
            _isConnected = _isAwake = true;
            _pipeline.Open(new ServerLimits { Version = MqttProtocolVersion.V500, Window = window }, () => _isAwake = true);
        }

        private void Withdraw(int choice)
        {
            if (_tickets.Count == 0)
                return;
            var number = choice % _tickets.Count;
            if (!_pipeline.Withdraw(_tickets[number]))
                return;
            Assert.DoesNotContain(number, _ended.Keys);
            Assert.True(_withdrawn.Add(number));
        }

        private void Finish()
        {
            Connect(isLost: false, window: 3);
            for (var i = 0; i < 10 * (_given.Count + 100) && _ended.Count + _withdrawn.Count < _given.Count; i++)
            {
                Pump(failsAfter: null);
                Deliver(3);
                Answer(3);
            }
        }

        private void Check()
        {
            Assert.Equal(_given.Count, _ended.Count + _withdrawn.Count);
            for (var number = 0; number < _given.Count; number++)
            {
                if (!_ended.TryGetValue(number, out var outcome))
                    continue;
                var copies = _broker.Delivered.Count(delivered => delivered == number);
                Assert.Equal(_broker.Refuses.Contains(number) ? PublishOutcome.Refused : PublishOutcome.Delivered, outcome);
                if (outcome == PublishOutcome.Refused)
                    Assert.Equal(0, copies);
                else if (_given[number] == QualityOfService.AtLeastOnce || (_given[number] == QualityOfService.ExactlyOnce && !keepsSession))
                    Assert.NotEqual(0, copies);
                else if (_given[number] == QualityOfService.ExactlyOnce)
                    Assert.Equal(1, copies);
                else if (!_mayBeDoubled.Contains(number))
                    Assert.InRange(copies, 0, 1);
            }

            // Whatever was doubled, each message came for the first time after all given before it.
            var first = _broker.Delivered.Where(number => _given[number] != QualityOfService.AtMostOnce).Distinct().ToList();
            Assert.Equal(first.Order(), first);
        }
    }
}
