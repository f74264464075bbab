import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

import { fromLocalInput, toLocalInput } from "./timeRange";

interface DateTimeInputProps {
  readonly label: string;
  /** In milliseconds. */
  readonly value: number | undefined;
  readonly error?: string | undefined;
  readonly onChange: (time: number | undefined) => void;
}

/** A moment in the reader's time zone; taken over when it is left, as browsers tell every half-typed year. */
export function DateTimeInput({ label, value, error, onChange }: DateTimeInputProps) {
  const text = toLocalInput(value);
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  const take = () => draft === text || onChange(fromLocalInput(draft));
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      label={label}
      value={draft}
      error={error}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}
