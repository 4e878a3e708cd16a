/**
 * Sound led through a local WebRTC connection within the page. Most browsers take only that kind of
 * sound out of the microphone again, so loudspeakers give the others no echo. It costs some 50 ms.
 */

/** Opus in WebRTC is mono unless both sides say otherwise, and voices come from a side. */
const STEREO = "useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000";

export class Loopback {
  readonly #near = new RTCPeerConnection();
  readonly #far = new RTCPeerConnection();
  readonly #player = new Audio();

  private constructor() {}

  /** Play a stream so. Rejects where the browser does not let us. */
  static async open(stream: MediaStream): Promise<Loopback> {
    const loopback = new Loopback();
    try {
      await loopback.#connect(stream);
    } catch (error) {
      loopback.close();
      throw error;
    }
    return loopback;
  }

  close(): void {
    this.#player.pause();
    this.#player.srcObject = null;
    this.#near.close();
    this.#far.close();
  }

  async #connect(stream: MediaStream): Promise<void> {
    const [near, far] = [this.#near, this.#far];
    near.addEventListener("icecandidate", ({ candidate }) => candidate && void far.addIceCandidate(candidate));
    far.addEventListener("icecandidate", ({ candidate }) => candidate && void near.addIceCandidate(candidate));
    const heard = new Promise<MediaStream>((resolve) => {
      far.addEventListener("track", ({ track }) => resolve(new MediaStream([track])), { once: true });
    });
    for (const track of stream.getAudioTracks()) near.addTrack(track, stream);
    const offer = inStereo(await near.createOffer());
    await near.setLocalDescription(offer);
    await far.setRemoteDescription(offer);
    const answer = inStereo(await far.createAnswer());
    await far.setLocalDescription(answer);
    await near.setRemoteDescription(answer);
    this.#player.srcObject = await heard;
    await this.#player.play();
  }
}

function inStereo({ type, sdp = "" }: RTCSessionDescriptionInit): RTCSessionDescriptionInit {
  return { type, sdp: sdp.replaceAll("useinbandfec=1", STEREO) };
}
