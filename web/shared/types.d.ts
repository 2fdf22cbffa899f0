/** The shapes the server speaks, as every screen sees them. Types only: nothing here is served to a browser. */

export type ActorKind = "customer" | "agent" | "bot" | "system" | "queue";
export interface Actor { kind: ActorKind; id: string; name: string }

export interface Attachment {
  id: string; name: string; media_type: string; bytes: number; width?: number | null; height?: number | null;
  state?: "stored" | "refused"; inline?: boolean; url: string;
}
export interface Delivery {
  id: string; channel: string; at?: string; reason?: string | null;
  state: "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "unknown";
}
export interface Choice { value: string; label: string }
export interface Slot { name: string; label: string; value: unknown; entry_id?: string | null; attachment_id?: string | null }

/** One body for all kinds: which fields are there follows from `Entry.kind`. */
export interface Body {
  text?: string; choices?: Choice[]; ask?: { type: string; slot: string; label?: string }; flow?: unknown;
  state?: string; handoff_id?: string; from?: Actor; to?: Actor; reason?: string; summary?: string; lead_ms?: number | null;
  code?: string; params?: Record<string, unknown>;
  event?: string; version?: number | string; node?: string; slots?: Record<string, { value: unknown; label?: string; entry_id?: string | null }>;
  title?: string; fields?: Slot[];
}
export interface Entry {
  id: string; log: string; position: number; revision: number; ordered_at: number; conversation_id: string; kind: string; channel: string;
  direction: "in" | "out" | null; author: Actor; audience: "everyone" | "staff"; at: string; body: Body;
  attachments: Attachment[]; deliveries: Delivery[]; client_key?: string | null;
}
/** What a log store needs of an entry; both audiences' entries have it. */
export interface Logged { id: string; ordered_at: number; revision: number; position?: number }

export interface CustomerShort { id: string; name: string; language?: string | null; tier?: string | null; proof?: "anonymous" | "claimed" | "proven" }
export interface Customer extends CustomerShort {
  attributes: Record<string, unknown>;
  addresses: { id: string; scheme: string; value: string; label?: string | null }[];
  claims: { id: string; scheme: string; value: string; source: string; at: string }[];
  created_at: string;
}
export interface Conversation {
  id: string; log: string; customer: CustomerShort; status: "open" | "resolved"; topic: string | null; channel: string;
  queue: { id: string; name: string } | null; owner: Actor; version: number; opened_at: string; updated_at: string;
  resolved_at: string | null; waiting_since: string | null;
  last: { text: string; author: Actor; at: string; kind: string } | null;
  unanswered: boolean; unread: number; language: string | null; disposition: string | null; snoozed_until: string | null;
  origin: { kind: string; campaign?: string | null } | null; handoff: { id: string; state: string } | null;
  participants: Actor[]; customer_presence: "online" | "away"; read: { through: number | null } | null;
}
export interface BriefLine { label?: string | null; text: string; from?: string; entry_id?: string | null; attachment_id?: string | null; inline?: boolean }
export interface BriefFlow { flow: string; title: string; step: number; steps: number; slots: Slot[]; state: string }
export interface Brief {
  handoff_id: string; conversation_id: string; customer: CustomerShort; language: string | null; waited_since: string | null;
  wants: BriefLine[]; tried: BriefLine[]; given: BriefLine[]; needs: { tag: string; label: string; entry_id?: string | null }[];
  flow: BriefFlow | null; opening: string | null; mood: string | null; promises: unknown[]; verification: unknown;
  acknowledged_at: string | null; digest: string; summary?: string; reason?: string;
}
export interface Offer {
  id: string; conversation: Conversation; brief: Brief | null; handoff_id: string; created_at: string; expires_at: string;
  seconds: number; state: "live" | "accepted" | "declined" | "expired" | "withdrawn";
}
export interface Settings { theme?: "light" | "dark" | "system"; enter_sends?: boolean; sound?: boolean; desktop_notifications?: boolean }
export interface Agent {
  id: string; name: string; email: string; role: "agent" | "supervisor" | "admin" | "partner"; state: "online" | "away" | "offline";
  capacity: number; load: number; languages: string[]; skills: string[]; queues: string[]; locale: string | null; settings: Settings;
}
export interface AgentShort { id: string; name: string; state: string; load?: number; capacity?: number }
export interface Queue { id: string; name: string; hours?: { zone: string; open: boolean; text: string } | null; waiting?: number }
export interface Disposition { id: string; label: string }
export interface Link {
  id: string; code: string; url: string; svg_url: string; campaign: string; queue: string | { id: string; name: string } | null; language: string | null;
  claimed: Record<string, string>; label: string | null; opens: number; created_at: string;
}
export interface Page<T> { items: T[]; next: string | null }
export interface TimelinePage { items: Entry[]; next: string | null; previous: string | null; cursor: string; conversations: Conversation[] }
export interface EntryEvent<E extends Logged = Entry> { type: "entry"; resource: E; revision: number; previous: number | null; log?: string }
