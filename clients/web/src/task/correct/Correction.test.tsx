import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { browserForTests } from "../../decisions/testPage";
import type { JsonObject } from "../model/json";
import { Correction } from "./Correction";

browserForTests();

const PREDICTION: JsonObject = { amount: 1, note: null };
const nothing = () => {};

interface PageProps {
  readonly onDiscard?: () => void;
  readonly prediction?: JsonObject;
  readonly schema?: JsonObject;
  readonly kept?: readonly string[];
  readonly onCheck?: (isFaulty: boolean) => void;
}

function Page({ onDiscard = nothing, prediction = PREDICTION, schema, kept = [], onCheck = nothing }: PageProps) {
  const [value, setValue] = useState(prediction);
  return (
    <MantineProvider env="test" withCssVariables={false} withGlobalClasses={false}>
      <Correction
        prediction={prediction}
        schema={schema}
        kept={kept}
        presentation={undefined}
        value={value}
        refused={[]}
        isUnchangedAsked={false}
        onChange={(next) => next && setValue(next)}
        onCheck={onCheck}
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

describe("what is kept from the reviewer", () => {
  const schema: JsonObject = { type: "object", properties: { amount: { type: "number" }, limit: { type: "number" } } };
  const prediction: JsonObject = { amount: 1, limit: "[masked]" };

  it("can't be edited, is no fault, and says that it stays", async () => {
    const check = vi.fn();
    render(<Page prediction={prediction} schema={schema} kept={["prediction.limit"]} onCheck={check} />);
    const limit = await screen.findByLabelText<HTMLInputElement>("limit");
    expect(limit.readOnly).toBe(true);
    expect(limit.value).toBe("[masked]");
    expect(screen.getByText(/is kept from your role/).textContent).toMatch(/stays as it was/);
    fireEvent.change(screen.getByLabelText("amount"), { target: { value: "2" } });
    await waitFor(() => expect(screen.getByRole("row", { name: /^amount/ })).toBeDefined());
    expect(screen.queryByRole("row", { name: /^limit/ })).toBeNull();
    expect(check).toHaveBeenLastCalledWith(false);
  });

  it("is a fault like any other where it was not kept", async () => {
    const check = vi.fn();
    render(<Page prediction={prediction} schema={schema} onCheck={check} />);
    await waitFor(() => expect(check).toHaveBeenLastCalledWith(true));
  });
});
