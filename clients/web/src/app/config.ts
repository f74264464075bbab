/** What a host may say beside the page, in `config.json`. */
export interface Config {
  /** The server's address, such as `https://andon.example.com`; empty: where the page came from. */
  readonly server: string;
  /** How people sign in. */
  readonly signIn: "token";
}

const DEFAULTS: Config = { server: "", signIn: "token" };

/** Reads `config.json` beside the page. Where there is none, the page talks to where it came from. Throws as `parseConfig`. */
export async function loadConfig(fetch: typeof globalThis.fetch = globalThis.fetch): Promise<Config> {
  const response = await fetch("./config.json", { cache: "no-cache", credentials: "omit" }).catch(() => null);
  if (!response?.ok) return DEFAULTS;
  return parseConfig(parseJson(await response.text()));
}

/** The settings in what was read. Throws where one of them is not what it must be. */
export function parseConfig(value: unknown): Config {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("config.json must be an object, such as {}");
  const { server = DEFAULTS.server, signIn = DEFAULTS.signIn } = value as Partial<Record<keyof Config, unknown>>;
  if (typeof server !== "string") throw new Error('config.json: "server" must be text');
  if (server && !/^https?:\/\//.test(server))
    throw new Error('config.json: "server" must begin with https:// or http://');
  if (signIn !== "token") throw new Error('config.json: "signIn" must be "token"; this page knows no other way');
  return { server: server.replace(/\/+$/, ""), signIn };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`config.json is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
