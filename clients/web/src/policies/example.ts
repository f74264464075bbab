import type { Policy } from "../gen/andon/v1/policy_service_pb";

/** A decision to begin with, for the first action that a policy governs; its extra attributes are those declared. */
export function exampleFor(policy: Pick<Policy, "actions" | "source"> | undefined): string {
  const action = exampleAction(policy?.actions[0] ?? "*");
  const extra = declared(policy?.source ?? "");
  const attributes = {
    amount: 42,
    currency: "EUR",
    irreversible: false,
    subject: "customers/4711",
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  return JSON.stringify(
    {
      action,
      confidence: 0.8,
      model: { name: "example", version: "1" },
      attributes,
      input: { message: "What the AI saw" },
      prediction: { answer: "What it proposes" },
      reasoning: "Why it proposes it",
    },
    null,
    2,
  );
}

/** An action that a pattern governs: `refund.*` governs `refund.example`, `*` everything. */
function exampleAction(pattern: string): string {
  return pattern === "*" ? "example.act" : pattern.replace(/\*$/, "example");
}

/** The declared extra attributes of a policy file with a value of their type. */
function declared(source: string): Record<string, unknown> {
  const inline = /^attributes:\s*\{(.*)\}/m.exec(source)?.[1]?.split(",") ?? [];
  const block = /^attributes:\s*(?:#.*)?\n((?:[ \t]+.*\n?)+)/m.exec(source)?.[1]?.split("\n") ?? [];
  const values: Record<string, unknown> = { string: "text", bool: false, double: 1.5, int: 1 };
  const pairs = [...inline, ...block].map((line) => /^\s*([\w-]+)\s*:\s*(string|bool|double|int)\b/.exec(line));
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], values[pair[2] ?? ""]]])));
}
