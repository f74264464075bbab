import { Popover, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useSession } from "../session";
import classes from "./SettingsMenu.module.css";

const SettingsPanel = lazy(() => import("./SettingsPanel"));

/** Who I am; behind it, what I can set. */
export function SettingsMenu() {
  const { principal } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus withinPortal width={300}>
      <Popover.Target>
        <UnstyledButton className={classes.who} onClick={() => setOpen(!open)}>
          <span className={classes.initial} aria-hidden="true">
            {principal
              .replace(/^[^a-z0-9]*/i, "")
              .slice(0, 1)
              .toUpperCase()}
          </span>
          <span className={classes.name}>{principal}</span>
          <span className="sr-only">settings</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label="Settings" className={classes.settings}>
        <Suspense fallback={null}>
          <SettingsPanel onDone={() => setOpen(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
