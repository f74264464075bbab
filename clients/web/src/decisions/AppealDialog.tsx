import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useApi } from "../api";
import { useKeys } from "../keys";
import { failureWords } from "../task/desk/refusals";
import { newRequestId } from "../task/desk/verdict";
import { saysSomething } from "../task/view/gate";
import { Dialog, Kbd } from "../ui";
import classes from "./decision.module.css";

interface Props {
  readonly name: string;
  readonly onClose: (isAppealed: boolean) => void;
}

/** Asks why the end of a decision is contested, and contests it. */
export default function AppealDialog({ name, onClose }: Props) {
  const { decisions } = useApi();
  const [comment, setComment] = useState("");
  // The same at every attempt: an answer that was lost must not make two appeals.
  const [requestId] = useState(newRequestId);
  const [isSending, setSending] = useState(false);
  const [fault, setFault] = useState("");
  const isReady = saysSomething(comment) && !isSending;
  const send = () => {
    setSending(true);
    setFault("");
    decisions.appealDecision({ name, comment: comment.trim(), requestId }).then(
      () => onClose(true),
      (error: unknown) => {
        setSending(false);
        setFault(failureWords(error));
      },
    );
  };
  useKeys("Decision", [
    { keys: "mod+Enter", label: "Appeal", run: send, inDialog: true, whileTyping: true, disabled: !isReady },
  ]);
  return (
    <Dialog opened onClose={() => onClose(false)} title="Appeal">
      <p>Somebody who has not judged it decides anew. The end it has now stays recorded.</p>
      <Textarea
        data-autofocus
        label="Why (the reviewer reads it)"
        required
        withAsterisk={false}
        rows={3}
        maxLength={4096}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        error={fault}
      />
      <div className={classes.actions}>
        <Button variant="default" onClick={() => onClose(false)}>
          Cancel
        </Button>
        <Button disabled={!isReady} onClick={send} rightSection={<Kbd keys="mod+Enter" />}>
          Appeal
        </Button>
      </div>
    </Dialog>
  );
}
