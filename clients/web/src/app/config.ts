/** What a host may say beside the page, in `config.json`. */
export interface Config {
  /** The server's address, such as `https://andon.example.com`; empty: where the page came from. */
  readonly server: string;
  /** How people sign in. */
  readonly signIn: "token";
}

const DEFAULTS: Config = { server: "", signIn: "token" };

/** Reads `config.json` beside the page. Where there is none, the page talks to where it came from. */
export async function loadConfig(fetch: typeof globalThis.fetch = globalThis.fetch): Promise<Config> {
  const response = await fetch("./config.json", { cache: "no-cache", credentials: "omit" }).catch(() => null);
  if (!response?.ok) return DEFAULTS;
  return parseConfig(await response.json().catch(() => ({})));
}

/** The settings in what was read. Throws where the server's address is none. */
export function parseConfig(value: unknown): Config {
  const server = typeof value === "object" && value && "server" in value ? value.server : "";
  if (typeof server !== "string") throw new Error('config.json: "server" must be text');
  if (server && !/^https?:\/\//.test(server))
    throw new Error('config.json: "server" must begin with https:// or http://');
  return { ...DEFAULTS, server: server.replace(/\/+$/, "") };
}
