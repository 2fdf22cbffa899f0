/** The shapes of the customer's door. Types only: nothing here is served to a browser. */

export interface Config {
  key: string; assets: string; locale: string | null; brand: string | null; link: string | null; full_page: boolean; parents: string[];
}
export interface Welcome {
  name: string; brand?: string | null; greeting?: string | null; locale?: string | null; pre_chat?: (string | { name: string })[];
  suggestions?: { flow: string; label: string }[]; hours?: { open: boolean; text: string } | null;
}
export interface Attachment {
  id: string; name: string; media_type: string; bytes: number; width?: number | null; height?: number | null; inline?: boolean; url: string;
}
export interface Choice { value: string; label: string }
export interface Ask {
  type: "text" | "date" | "number" | "choice" | "photo" | "digits"; slot: string; label?: string; choices?: Choice[];
  min?: string; max?: string; length?: number; format?: "phone" | "email"; optional?: boolean;
}
export interface Entry {
  id: string; conversation_id: string; ordered_at: number; revision: number; kind: string; direction: "in" | "out" | null;
  author: { kind: "customer" | "agent" | "bot" | "system"; name: string }; at: string;
  body: { text?: string; choices?: Choice[] | null; ask?: Ask | null; code?: string; params?: Record<string, any>; state?: string; to?: { name: string } };
  attachments: Attachment[]; state?: string; client_key?: string | null;
}
export interface Conversation {
  id: string; version?: number; status: "open" | "resolved"; with: { kind: "bot" | "queue" | "agent"; name: string };
  queue: { name: string; place: number | null; open: boolean; text: string; wait_seconds: number | null } | null;
  language: string | null; agent_read_through: number | null; ended_at: string | null;
}
/** A file on its way; `stored` once the server has it. */
export interface Parcel { name: string; type: string; blob: Blob; stored?: Attachment }
/** Something the customer did that the server has not confirmed yet. */
export interface Pending {
  seq?: number; key: string; visitor: string; client_key: string; event: "message" | "person"; at: number; text: string;
  files: Parcel[]; answers?: Record<string, string>; flow?: string; name?: string; failed?: string | null;
}
export type Draft = Partial<Pick<Pending, "text" | "files" | "answers" | "flow" | "event">>;
