import { beforeAll, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../task/model/json";
import { linesOf, prove, type Receipt, receiptOf } from "./receipt";

const CLAIMS: JsonObject = {
  sub: "decisions/7",
  outcome: "APPROVED",
  may_pass: true,
  exp: 100,
  redeem: "once",
  level: 0,
  reviews: [
    { reviewer: "ada", verdict: "APPROVE", time: "2026-01-01T00:00:01.000000Z" },
    { verdict: "REJECT", weight: 2 },
  ],
  something_new: "x",
};
let pair: CryptoKeyPair;
let jwk: JsonObject;

const encode = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const part = (value: unknown) => encode(new TextEncoder().encode(JSON.stringify(value)));

async function signed(header: object = {}, claims: object = CLAIMS): Promise<string> {
  const text = `${part({ alg: "EdDSA", typ: "andon-receipt+jwt", kid: "one", ...header })}.${part(claims)}`;
  const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(text));
  return `${text}.${encode(new Uint8Array(signature))}`;
}

async function taken(text: string): Promise<Receipt> {
  const receipt = receiptOf(text);
  if (!receipt) throw new Error("no receipt");
  return receipt;
}

beforeAll(async () => {
  pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const { x = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  jwk = { kty: "OKP", crv: "Ed25519", kid: "one", x };
});

describe("a receipt", () => {
  test("is proved by the server's key", async () => {
    const receipt = await taken(await signed());
    expect(await prove(receipt, async () => ({ keys: [{ kid: "other" }, jwk] }))).toBe("genuine");
    expect(receipt.claims.sub).toBe("decisions/7");
  });

  test("that was changed is forged, whatever the change", async () => {
    const [head = "", , signature = ""] = (await signed()).split(".");
    const other = await taken(`${head}.${part({ ...CLAIMS, outcome: "REJECTED" })}.${signature}`);
    expect(await prove(other, async () => ({ keys: [jwk] }))).toBe("forged");
    expect(await prove({ ...other, signature: other.signature.slice(1) }, async () => ({ keys: [jwk] }))).toBe(
      "forged",
    );
  });

  test("is called proved by nothing less", async () => {
    const receipt = await taken(await signed());
    expect(await prove(receipt, async () => ({ keys: [{ ...jwk, kid: "two" }] }))).toBe("unknown-key");
    expect(await prove(receipt, async () => ({ keys: [{ ...jwk, crv: "X25519" }] }))).toBe("unknown-key");
    expect(await prove(receipt, async () => ({}))).toBe("no-keys");
    expect(await prove(receipt, () => Promise.reject(new TypeError()))).toBe("no-keys");
    vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new DOMException("", "NotSupportedError"));
    expect(await prove(receipt, async () => ({ keys: [jwk] }))).toBe("unsupported");
  });

  test.each([{ alg: "none" }, { alg: "HS256" }, { typ: "JWT" }, { kid: 7 }])("is none with %o", async (header) => {
    expect(receiptOf(await signed(header))).toBeNull();
  });

  test.each(["", "a.b.c", "e30.e30", "e30.e30.e30.e30", "<html>"])("is none where it is %o", (text) => {
    expect(receiptOf(text)).toBeNull();
  });

  test("is told in words, and what is new stands as it is", () => {
    expect(linesOf(CLAIMS, (seconds) => `at ${seconds}`)).toEqual([
      ["Decision", "decisions/7"],
      ["Outcome", "APPROVED"],
      ["May be acted on", "yes"],
      ["To be acted on until", "at 100"],
      ["Holds", "once: it is redeemed first"],
      ["Verdicts", "ada: APPROVE, at 1767225601; REJECT, weight 2"],
      ["something_new", "x"],
    ]);
  });
});
