import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { hrefOf, hrefOfName, navigate } from "../app/route";
import { useFocusOnChange } from "../app/useFocusOnChange";
import { useLiveStore, useStream } from "../live";
import { StillToSend } from "../task/desk/StillToSend";
import { TraySpace } from "../task/desk/TraySpace";
import { useDesk, usePending } from "../task/desk/useDesk";
import { nextTask } from "../task/view/next";
import { Arrivals } from "./Arrivals";
import classes from "./Desk.module.css";
import { FilterBar } from "./FilterBar";
import { InboxList } from "./InboxList";
import { SelectionBar } from "./SelectionBar";
import { TaskPane } from "./TaskPane";
import { useCursor } from "./useCursor";
import { useDeskKeys } from "./useDeskKeys";
import { useInbox } from "./useInbox";

/** The inbox and the open task: side by side where there is room, else one at a time. */
export function Desk({ open }: { readonly open: string | null }) {
  useStream();
  const wide = useMediaQuery("(min-width: 75em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const inbox = useInbox();
  const { cursor, moveTo, stepped } = useCursor(inbox.names, open);
  const search = useRef<HTMLInputElement>(null);
  const pane = useRef<HTMLElement>(null);
  const tasks = useRef<HTMLElement>(null);
  // Where one hides the other, the way back goes to the list.
  useFocusOnChange(tasks, wide ? "" : open ? "task" : "list");
  const { outbox } = useDesk();
  const pending = usePending();
  const next = nextTask(useLiveStore(), outbox);
  const isStalled = !open && !next && pending.some((one) => one.state !== "refused");

  useEffect(() => {
    if (wide && !open && next) navigate(hrefOfName(next), true);
  }, [wide, open, next]);
  useEffect(() => {
    if (open) moveTo(open);
  }, [open, moveTo]);

  const go = (name: string | null) => {
    if (!name) return;
    moveTo(name);
    if (wide || open) navigate(hrefOfName(name), true);
  };
  useDeskKeys({
    move: (step) => go(stepped(step)),
    open: () => {
      if (cursor && cursor !== open) navigate(hrefOfName(cursor));
      else pane.current?.focus();
    },
    close: () => navigate(hrefOf("inbox")),
    search: () => {
      search.current?.focus();
      search.current?.select();
    },
    cursor,
    mine: inbox.mine,
    listShown: wide || !open,
    taskShown: !wide && !!open,
  });

  const list = (
    <section ref={tasks} tabIndex={-1} className={classes.list} aria-label="Tasks">
      <FilterBar inbox={inbox} searchRef={search} />
      <SelectionBar tasks={inbox.mine} />
      <InboxList
        rows={inbox.rows}
        cursor={cursor}
        open={open}
        onOpenAgain={() => pane.current?.focus()}
        settled={inbox.synced}
      />
      {isStalled && !wide && <StillToSend />}
      <TraySpace />
    </section>
  );
  return (
    <div className={classes.desk} data-wide={wide}>
      <h1 className="sr-only">Inbox</h1>
      {(wide || !open) && list}
      {isStalled && wide && <StillToSend />}
      {(open || (wide && !isStalled)) && (
        <TaskPane
          ref={pane}
          name={open}
          back={!wide}
          position={inbox.names.indexOf(open ?? "")}
          of={inbox.names.length}
        />
      )}
      <Arrivals />
    </div>
  );
}
