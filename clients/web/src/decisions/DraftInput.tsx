import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

interface DraftInputProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (text: string) => void;
}

/** A condition in text; taken over with Enter or when it is left, so that no half-typed word is searched for. */
export function DraftInput({ label, placeholder, value, error, onChange }: DraftInputProps) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const take = () => draft.trim() === value || onChange(draft.trim());
  return (
    <TextInput
      size="xs"
      label={label}
      placeholder={placeholder}
      value={draft}
      error={error}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
