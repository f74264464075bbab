import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import type { KeyboardEvent, RefObject } from "react";
import { formatNumber } from "../format";
import { Kbd } from "../ui/Kbd";
import classes from "./FilterBar.module.css";
import { Leasing } from "./Leasing";
import type { useInbox } from "./useInbox";

interface Props {
  readonly inbox: ReturnType<typeof useInbox>;
  readonly searchRef: RefObject<HTMLInputElement | null>;
}

/** Search, the queue where there are several, and which tasks are leased to me. */
export function FilterBar({ inbox: { filter, setFilter, queues, served }, searchRef }: Props) {
  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape") setFilter({ ...filter, text: "" });
    event.currentTarget.blur();
  };
  const clear = (
    <CloseButton size="sm" aria-label="Clear the search" onClick={() => setFilter({ ...filter, text: "" })} />
  );
  return (
    <>
      <search className={classes.bar}>
        <TextInput
          ref={searchRef}
          className={classes.search}
          aria-label="Search the tasks"
          placeholder="Search"
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
          onKeyDown={leave}
          rightSection={filter.text ? clear : <Kbd keys="/" />}
          spellCheck={false}
        />
        {(queues.length > 1 || filter.queue) && (
          <NativeSelect
            className={classes.queue}
            aria-label="Queue"
            value={filter.queue}
            onChange={(event) => setFilter({ ...filter, queue: event.currentTarget.value })}
          >
            <option value="">All queues</option>
            {queues.map(({ queue, waiting }) => (
              <option key={queue} value={queue}>
                {!served || queue === served ? `${queue} (${formatNumber(waiting)})` : queue}
              </option>
            ))}
          </NativeSelect>
        )}
      </search>
      <Leasing served={served} />
    </>
  );
}
