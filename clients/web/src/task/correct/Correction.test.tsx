import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { browserForTests } from "../../decisions/testPage";
import type { JsonObject } from "../model/json";
import { Correction } from "./Correction";

browserForTests();

const PREDICTION: JsonObject = { amount: 1, note: null };
const nothing = () => {};

function Page({ onDiscard }: { readonly onDiscard: () => void }) {
  const [value, setValue] = useState(PREDICTION);
  return (
    <MantineProvider env="test" withCssVariables={false} withGlobalClasses={false}>
      <Correction
        prediction={PREDICTION}
        schema={undefined}
        presentation={undefined}
        value={value}
        refused={[]}
        isUnchangedAsked={false}
        onChange={(next) => next && setValue(next)}
        onCheck={nothing}
        onSend={nothing}
        onApprove={nothing}
        onDiscard={onDiscard}
      />
    </MantineProvider>
  );
}

const leave = () => fireEvent.keyDown(document.activeElement ?? document.body, { key: "Escape" });

it("is left by Escape: first the field, then, with a question where something is changed, the correction", () => {
  const discard = vi.fn();
  render(<Page onDiscard={discard} />);
  const field = screen.getByRole("textbox");
  expect(document.activeElement).toBe(field);
  fireEvent.change(field, { target: { value: '{"amount": "1", "note": null}' } });
  const row = screen.getByRole("row", { name: /^amount/ });
  expect(row.textContent).toBe('amount1 number"1" text');
  leave();
  expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Your correction" }));
  leave();
  expect(discard).not.toHaveBeenCalled();
  leave();
  expect(screen.queryByRole("alert")).toBeNull();
  leave();
  fireEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(discard).toHaveBeenCalledOnce();
});

it("that changes nothing is left without a question", () => {
  const discard = vi.fn();
  render(<Page onDiscard={discard} />);
  leave();
  leave();
  expect(discard).toHaveBeenCalledOnce();
});
