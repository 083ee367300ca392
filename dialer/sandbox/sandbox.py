"""The sandbox's parts, put together. All state is in memory and lives in these objects."""

from dialer.sandbox.applications import Application, Voice
from dialer.sandbox.clock import Clock
from dialer.sandbox.conferences import Conferences
from dialer.sandbox.config import SandboxConfig
from dialer.sandbox.debugger import Debugger
from dialer.sandbox.detection import Detector
from dialer.sandbox.exchange import Exchange
from dialer.sandbox.faults import FaultPlan, Faults
from dialer.sandbox.interpreter import Interpreter
from dialer.sandbox.numbers import Numbers, OwnedNumber
from dialer.sandbox.people import People
from dialer.sandbox.progress import API_VERSION, Progress
from dialer.sandbox.queues import Queues
from dialer.sandbox.rate import CallRate
from dialer.sandbox.recordings import Recordings
from dialer.sandbox.twiml import Fetcher
from dialer.sandbox.verbs import VERBS
from dialer.sandbox.webhooks import Webhooks


class Sandbox:
    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = Clock(config.speed, config.clock_start, config.clock_real_start)
        self.started_at = self.clock.now()
        self.faults = Faults(config.seed)
        self._furnish()

    def _furnish(self) -> None:
        config, clock = self.config, self.clock
        self.debugger = Debugger(clock)
        self.webhooks = Webhooks(config.auth_token, clock, self.debugger, self.faults)
        self.people = People(config)
        self.numbers = Numbers(config.numbers, self.started_at)
        self.applications: dict[str, Application] = {}
        progress = Progress(config.account_sid, clock, self.webhooks, config.seed)
        self.exchange = Exchange(clock, self.people, progress, CallRate(config.cps, clock.now), self.debugger)
        self.conferences = Conferences(config.account_sid, clock, self.webhooks)
        root_url = f"{config.base_url}/{API_VERSION}/Accounts/{config.account_sid}"
        self.recordings = Recordings(root_url, config.account_sid, clock, self.webhooks)
        self.detector = Detector(config.account_sid, clock, self.webhooks, self.debugger, self.faults)
        self.interpreter = Interpreter(
            clock=clock,
            exchange=self.exchange,
            conferences=self.conferences,
            webhooks=self.webhooks,
            progress=progress,
            fetcher=Fetcher(self.webhooks, self.debugger),
            debugger=self.debugger,
            detector=self.detector,
            recordings=self.recordings,
            queues=Queues(),
            faults=self.faults,
            owned=self.numbers.owned,
            verbs=VERBS,
        )

    def voice_of(self, number: OwnedNumber) -> Voice | None:
        """What answers a call to one of our numbers: its application before its own URLs."""
        application = self.applications.get(number.voice_application_sid)
        return application.voice if application else number.voice

    async def start(self) -> None:
        await self.webhooks.start()

    async def stop(self) -> None:
        self.conferences.stop()
        await self.exchange.stop()
        await self.webhooks.stop()

    async def reset(self) -> None:
        """As if just started, the clock running on."""
        await self.stop()
        self.faults.plan = FaultPlan()
        self.faults.struck.clear()
        self._furnish()
        await self.start()
