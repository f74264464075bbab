import classes from "./HelpPage.module.css";
import { KeyList } from "./KeyList";

/** How the page is used, in short. */
export default function HelpPage() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <article className={classes.help} tabIndex={0} aria-labelledby="help">
      <h1 id="help">Help</h1>
      <h2>Judging</h2>
      <p>
        Andon leases you the most urgent tasks that you are fit for: they are yours until you judge them, pass them on
        or leave. Behind each of them a caller may be held, who goes on the moment your verdict arrives. To approve is
        to let happen what the AI proposes; to correct is to let happen what you put in its place.
      </p>
      <p>
        A verdict is sent a few seconds after you give it, so that you can take it back. What you write is kept on this
        device until it is sent, also when the page is closed or the task is lost to somebody else.
      </p>
      <p>
        Where a decision needs several verdicts, a line under the headline says whose, and what yours counts for; those
        of others may stay hidden until yours is given. Where a caller changes a decision while you read it, it begins
        anew: your comment is kept, and you are asked to read it again.
      </p>
      <h2>Before a break</h2>
      <p>
        Turn off <em>Available</em> in the settings (your name, top right), until you say so or until some time: nothing
        is handed to you on any device, and what you hold stays yours. <em>Take tasks</em> does the same for this page
        alone. Who leads and is no reviewer begins that way, and takes tasks when they say so. Where you choose a queue
        in the inbox, tasks of that queue alone are leased to you.
      </p>
      <h2>Content that may upset</h2>
      <p>
        Policies mark fields that may upset. They are covered at first; an image that you uncover comes blurred and grey
        until you press <em>Sharp</em> or <em>In colour</em>, and counts as opened once it was sharp. The settings
        change that, and can blur all images, or show them in grey.
      </p>
      <h2>Keys</h2>
      <p>
        On every page, <kbd>?</kbd> shows the keys in force there: on a task <kbd>a</kbd> approves, <kbd>r</kbd>{" "}
        rejects, <kbd>c</kbd> corrects, <kbd>e</kbd> escalates and <kbd>s</kbd> skips: the task is passed on and does
        not come back to you; where the policy gives more time, <kbd>t</kbd> asks for it. In the inbox <kbd>j</kbd> and{" "}
        <kbd>k</kbd> move, <kbd>x</kbd> selects and <kbd>/</kbd> searches. Whoever speaks to the computer turns single
        letters off in the settings; the buttons stay. Here:
      </p>
      <KeyList />
    </article>
  );
}
