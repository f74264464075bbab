import type { Connection } from "../live";

interface Words {
  readonly text: string;
  readonly tone: "good" | "warn" | "bad";
  readonly detail?: string;
}

/** How the stream stands, for people. `now` is this device's clock, in milliseconds. */
export function connectionWords(connection: Connection, now: number): Words {
  switch (connection.status) {
    case "live":
      return { text: "Live", tone: "good" };
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((connection.at - now) / 1000));
      const text = seconds ? `Reconnecting in ${seconds} s` : "Reconnecting…";
      const came = connection.refusal?.text;
      const why = came && connection.refusal?.reason !== "UNREACHABLE" ? `. ${came}` : "";
      return { text: `${text}${why}`, tone: "warn", detail: came };
    }
    case "offline":
      return { text: "Offline", tone: "bad" };
    case "refused":
      return { text: `Refused: ${connection.refusal.text}`, tone: "bad", detail: connection.refusal.text };
    default:
      return { text: "Connecting…", tone: "warn" };
  }
}
