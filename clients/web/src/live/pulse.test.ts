import { expect, test } from "vitest";
import { Pulse } from "./pulse";

test("a stream may be silent for two and a half times what its server usually is", () => {
  const pulse = new Pulse(60_000);
  expect(pulse.silenceMs).toBe(37_500);
  pulse.beat(10_000);
  expect(pulse.silenceMs).toBe(25_000);
  pulse.beat(12_000);
  expect(pulse.silenceMs).toBe(30_000);
});

test("a server that is seldom silent is not hurried for less than 20 s", () => {
  const pulse = new Pulse(60_000);
  pulse.beat(100);
  expect(pulse.silenceMs).toBe(20_000);
});

test("one late sign of life is forgotten after a few, and none counts for more than a lease", () => {
  const pulse = new Pulse(60_000);
  pulse.beat(600_000);
  expect(pulse.silenceMs).toBe(150_000);
  for (let beat = 0; beat < 5; beat += 1) pulse.beat(15_000);
  expect(pulse.silenceMs).toBe(37_500);
});

test("a server that speaks more seldom than thought is given more time, up to a lease's", () => {
  const pulse = new Pulse(600_000);
  pulse.missed();
  expect(pulse.silenceMs).toBe(75_000);
  for (let cut = 0; cut < 9; cut += 1) pulse.missed();
  expect(pulse.silenceMs).toBe(1_500_000);
});
