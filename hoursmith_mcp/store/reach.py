"""What an operation reaches through `call.store`: the queries, by thing."""

from __future__ import annotations

from hoursmith_mcp.store.queries.activity import Activities
from hoursmith_mcp.store.queries.answers import Answers
from hoursmith_mcp.store.queries.claims import Claims
from hoursmith_mcp.store.queries.clients import Clients
from hoursmith_mcp.store.queries.confirmations import Confirmations
from hoursmith_mcp.store.queries.contacts import Contacts
from hoursmith_mcp.store.queries.currencies import Currencies
from hoursmith_mcp.store.queries.deliveries import Deliveries
from hoursmith_mcp.store.queries.departures import Departures
from hoursmith_mcp.store.queries.enrolments import Enrolments
from hoursmith_mcp.store.queries.erasures import Erasures
from hoursmith_mcp.store.queries.events import Events
from hoursmith_mcp.store.queries.expenses import Expenses
from hoursmith_mcp.store.queries.invoice_lines import InvoiceLines
from hoursmith_mcp.store.queries.invoices import Invoices
from hoursmith_mcp.store.queries.listed import Lists
from hoursmith_mcp.store.queries.member_tokens import MemberTokens
from hoursmith_mcp.store.queries.members import Members
from hoursmith_mcp.store.queries.memberships import Memberships
from hoursmith_mcp.store.queries.open_work import OpenWorks
from hoursmith_mcp.store.queries.organizations import Organizations
from hoursmith_mcp.store.queries.payments import Payments
from hoursmith_mcp.store.queries.projects import Projects
from hoursmith_mcp.store.queries.proposals import Proposals
from hoursmith_mcp.store.queries.rates import Rates
from hoursmith_mcp.store.queries.reports import Reports
from hoursmith_mcp.store.queries.schedules import Schedules
from hoursmith_mcp.store.queries.search import Search
from hoursmith_mcp.store.queries.tasks import Tasks
from hoursmith_mcp.store.queries.time_entries import TimeEntries
from hoursmith_mcp.store.queries.timers import Timers
from hoursmith_mcp.store.queries.tokens import Tokens
from hoursmith_mcp.store.queries.undo import Undos
from hoursmith_mcp.store.queries.webhooks import Webhooks
from hoursmith_mcp.store.session import Session


class Store:
    """All queries, on one session."""

    def __init__(self, session: Session, *, actor_member_id: str, journal_mode: str) -> None:
        """Take the session of a unit of work whose actor is known."""
        self.journal_mode = journal_mode
        self.activity = Activities(session)
        self.answers = Answers(session, actor_member_id)
        self.claims = Claims(session)
        self.clients = Clients(session)
        self.confirmations = Confirmations(session)
        self.contacts = Contacts(session)
        self.currencies = Currencies(session)
        self.deliveries = Deliveries(session)
        self.departures = Departures(session)
        self.erasures = Erasures(session)
        self.enrolments = Enrolments(session)
        self.expenses = Expenses(session)
        self.events = Events(session)
        self.invoice_lines = InvoiceLines(session)
        self.invoices = Invoices(session)
        self.lists = Lists(session, actor_member_id)
        self.member_tokens = MemberTokens(session)
        self.members = Members(session)
        self.memberships = Memberships(session)
        self.names = Search(session)
        self.open_work = OpenWorks(session)
        self.organization = Organizations(session)
        self.payments = Payments(session)
        self.projects = Projects(session)
        self.proposals = Proposals(session)
        self.rates = Rates(session)
        self.reports = Reports(session)
        self.schedules = Schedules(session)
        self.tasks = Tasks(session)
        self.time_entries = TimeEntries(session)
        self.timers = Timers(session)
        self.tokens = Tokens(session)
        self.undo = Undos(session)
        self.webhooks = Webhooks(session)
