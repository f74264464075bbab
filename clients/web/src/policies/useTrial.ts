import { useRef, useState } from "react";

import { type Refusal, refusalOf, useApi } from "../api";
import type { SubmitResponse } from "../gen/andon/v1/decision_service_pb";
import { parseDecision, placeOfField, type TextFault } from "./parseDecision";

/** What a trial of a text came to: an answer, or faults at places in the text, or a refusal of the whole. */
export interface Trial {
  readonly text: string;
  readonly revision: string;
  readonly answer?: SubmitResponse;
  readonly faults?: readonly TextFault[];
  readonly refusal?: Refusal;
}

interface Trying {
  readonly trial: Trial | undefined;
  readonly running: boolean;
  readonly run: (text: string) => Promise<void>;
}

/** Tries decisions against the rules in force. A later try drops an earlier one that is still on its way. */
export function useTrial(revision: string): Trying {
  const { decisions } = useApi();
  const [trial, setTrial] = useState<Trial | undefined>();
  const [running, setRunning] = useState(false);
  const last = useRef<AbortController | undefined>(undefined);

  async function run(text: string): Promise<void> {
    last.current?.abort();
    const control = new AbortController();
    last.current = control;
    const parsed = parseDecision(text);
    if ("fault" in parsed) {
      setRunning(false);
      setTrial({ text, revision, faults: [parsed.fault] });
      return;
    }
    setRunning(true);
    const request = { decision: parsed.decision, validateOnly: true };
    const outcome = await decisions.submit(request, { signal: control.signal }).then(
      (answer) => ({ answer }),
      (error: unknown) => refused(text, refusalOf(error)),
    );
    if (last.current !== control || control.signal.aborted) return;
    setTrial({ text, revision, ...outcome });
    setRunning(false);
  }

  return { trial, running, run };
}

/** Faults of fields go to their places in the text; what names no field is a refusal of the whole. */
function refused(text: string, refusal: Refusal): Pick<Trial, "faults" | "refusal"> {
  if (refusal.fields.length === 0) return { refusal };
  return {
    faults: refusal.fields.map(({ field, text: message }) => {
      const place = placeOfField(text, field);
      return { path: field, message: `${field}: ${message}`, ...(place === undefined ? {} : { place }) };
    }),
  };
}
