import { NativeSelect } from "@mantine/core";

import { serverClock } from "../live/clock";
import { DateTimeInput } from "./DateTimeInput";
import { between, bounds, isPreset, type TimeRange } from "./timeRange";

interface RangePickerProps {
  readonly range: TimeRange;
  readonly error?: string | undefined;
  readonly onChange: (range: TimeRange) => void;
}

const CHOICES = [
  { value: "any", label: "Any time" },
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "between", label: "From … to …" },
];

/** When decisions were submitted. */
export function RangePicker({ range, error, onChange }: RangePickerProps) {
  const { from, to } = bounds(range, serverClock.now());
  const choose = (value: string) => {
    if (isPreset(value)) onChange({ kind: "last", span: value });
    else onChange(value === "between" ? { kind: "between", from: from ?? startOfToday() } : { kind: "any" });
  };
  return (
    <>
      <NativeSelect
        size="xs"
        label="Submitted"
        data={CHOICES}
        value={range.kind === "last" ? range.span : range.kind}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {range.kind === "between" && (
        <>
          <DateTimeInput label="From" value={from} onChange={(time) => onChange(between(time, to))} />
          <DateTimeInput label="To" value={to} error={error} onChange={(time) => onChange(between(from, time))} />
        </>
      )}
    </>
  );
}

function startOfToday(): number {
  return new Date(serverClock.now()).setHours(0, 0, 0, 0);
}
