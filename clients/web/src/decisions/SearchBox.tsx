import { Kbd, TextInput } from "@mantine/core";
import { type RefObject, useEffect, useState } from "react";

interface SearchBoxProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (text: string) => void;
}

const PAUSE = 300;

/** The free text that is searched for; taken over once typing pauses, or at once with Enter. Escape leaves it. */
export function SearchBox({ value, error, inputRef, onChange }: SearchBoxProps) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  useEffect(() => {
    if (draft === value) return;
    const timer = setTimeout(() => onChange(draft), PAUSE);
    return () => clearTimeout(timer);
  }, [draft, value, onChange]);
  return (
    <TextInput
      ref={inputRef}
      type="search"
      aria-label="Search decisions"
      placeholder="Words in the action, subject, input, proposal, reasons, comments"
      value={draft}
      error={error}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onChange(draft);
        if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
      }}
      rightSection={draft === "" ? <Kbd size="xs">/</Kbd> : undefined}
      rightSectionPointerEvents="none"
      spellCheck={false}
      autoComplete="off"
    />
  );
}
