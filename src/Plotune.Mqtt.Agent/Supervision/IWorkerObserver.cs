using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Takes the frames of one worker, from the thread that reads its pipe, in the order they were sent.</summary>
internal interface IWorkerObserver
{
    /// <summary>Takes one frame other than Hello and Pong.</summary>
    /// <exception cref="FrameException">It is against the contract; the worker counts as lost.</exception>
    void OnFrame(FrameView frame);
}
