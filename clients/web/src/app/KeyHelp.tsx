import { useEffect, useState } from "react";
import { keys, useKeys } from "../keys";
import { Dialog } from "../ui/Dialog";
import { KeyList } from "./KeyList";
import { useSettings } from "./settings";

/** Listens for the page's keys, and shows on `?` those that are in force. */
export function KeyHelp() {
  const [open, setOpen] = useState(false);
  useKeys("Everywhere", [{ keys: "?", label: "Show the keys in force", run: () => setOpen(true) }]);
  const { singleKeys } = useSettings();
  useEffect(() => keys.allowCharacters(singleKeys), [singleKeys]);
  useEffect(() => {
    const handle = (event: KeyboardEvent) => void keys.handle(event);
    window.addEventListener("keydown", handle);
    return () => window.removeEventListener("keydown", handle);
  }, []);
  return (
    <Dialog opened={open} onClose={() => setOpen(false)} title="Keys" size="md">
      <KeyList />
    </Dialog>
  );
}
