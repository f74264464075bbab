import { expect, test } from "vitest";
import { ServerClock } from "./clock";

test("with nothing heard, this device's clock counts", () => expect(new ServerClock(() => 1000).now()).toBe(1000));

test("a small difference is none: answers come late and in whole seconds", () => {
  const clock = new ServerClock(() => 10_000);
  clock.heard(9_000);
  expect(clock.now()).toBe(10_000);
});

test("of what was heard, the sample that was least late counts", () => {
  const clock = new ServerClock(() => 10_000);
  for (const sample of [69_000, 70_000, 68_500]) clock.heard(sample);
  expect(clock.now()).toBe(70_000);
});

test("a device whose clock is set right is right again after a few answers", () => {
  let local = 10_000;
  const clock = new ServerClock(() => local);
  clock.heard(70_000);
  local = 70_000;
  for (let count = 0; count < 8; count += 1) clock.heard(70_000);
  expect(clock.offset).toBe(0);
});
