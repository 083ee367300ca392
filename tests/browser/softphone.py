"""Twilio's side of the browser's telephone, as far as a page can tell: its signalling socket, scripted."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

SIGNALLING = "wss://voice-js.*.twilio.com/signal"
HEARTBEAT = "\n"
CALL_SID = "CA" + "1" * 32
OFFER = """async () => {
  const [twilio, audio] = [new RTCPeerConnection(), new AudioContext()];
  globalThis.twilioSide = twilio;
  const tone = audio.createOscillator();
  const sound = audio.createMediaStreamDestination();
  tone.connect(sound);
  tone.start();
  twilio.addTrack(sound.stream.getAudioTracks()[0], sound.stream);
  await twilio.setLocalDescription(await twilio.createOffer());
  while (twilio.iceGatheringState !== "complete")
    await new Promise((done) => twilio.addEventListener("icegatheringstatechange", done, { once: true }));
  return twilio.localDescription.sdp;
}"""
TAKE_ANSWER = "(sdp) => globalThis.twilioSide.setRemoteDescription({ type: 'answer', sdp })"


@dataclass
class Signalling:
    """Answers as Twilio does: `connected` to a token, `ready` to a registration."""

    refuses: int | None = None
    """The code with which tokens are refused."""
    heard: list[tuple[str, Any]] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)

    def answer(self, page: Page) -> None:
        page.route_web_socket(SIGNALLING, self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(self._hear(socket))

    def _hear(self, socket: WebSocketRoute) -> Callable[[str | bytes], None]:
        def hear(text: str | bytes) -> None:
            if text == HEARTBEAT:
                return
            said = json.loads(text)
            self.heard.append((said["type"], said["payload"]))
            if said["type"] == "listen":
                self._greet(socket)
            elif said["type"] == "register":
                self.say("ready", socket=socket)

        return hear

    def _greet(self, socket: WebSocketRoute) -> None:
        if self.refuses is not None:
            error = {"code": self.refuses, "message": "refused"}
            self.say("error", {"error": error}, socket)
            return
        token = {"identity": "agent", "ttl": 3600}
        self.say("connected", {"region": "US_EAST_VIRGINIA", "edge": "ashburn", "token": token}, socket)

    def say(self, kind: str, payload: Any = None, socket: WebSocketRoute | None = None) -> None:
        message = {"type": kind, "payload": payload or {}, "version": "1.6"}
        (socket or self.sockets[-1]).send(json.dumps(message))

    def ring(self, page: Page) -> None:
        """A call for this browser; the other end of its sound is in the page too."""
        parameters = {"CallSid": CALL_SID, "From": "+13125550100", "To": "client:agent"}
        offer = {"callsid": CALL_SID, "sdp": page.evaluate(OFFER), "parameters": parameters, "reconnect": "t"}
        answered = self.count("answer")
        self.say("invite", offer)
        while self.count("answer") == answered:
            page.wait_for_timeout(20)
        answers = [payload for said, payload in self.heard if said == "answer"]
        page.evaluate(TAKE_ANSWER, answers[-1]["sdp"])

    def count(self, kind: str) -> int:
        return sum(said == kind for said, _ in self.heard)

    def tokens(self) -> list[str]:
        return [payload["token"] for said, payload in self.heard if said == "listen"]


def microphone(page: Page, setting: str) -> None:
    """What the person has answered the browser's question with."""
    devtools = page.context.new_cdp_session(page)
    context = devtools.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    asked = {"permission": {"name": "microphone"}, "setting": setting, "browserContextId": context}
    devtools.send("Browser.setPermission", asked)
