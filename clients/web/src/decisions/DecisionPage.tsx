import { hrefOf } from "../app/route";
import { useMay } from "../session";
import { Empty, ErrorNotice, Waiting } from "../ui";
import classes from "./decision.module.css";
import { NotAllowed } from "./NotAllowed";
import { Story } from "./Story";
import { useDecision } from "./useDecision";

/** One decision's full story, under an address that can be shared. */
export default function DecisionPage({ name }: { readonly name: string }) {
  const may = useMay("DecisionService/GetDecision");
  return may ? <Loaded name={name} /> : <NotAllowed what="Decisions" who="every role" />;
}

function Loaded({ name }: { readonly name: string }) {
  const { data, refusal, loading, reload } = useDecision(name);
  if (data) return <Story told={data} refusal={refusal} onReload={reload} />;
  if (loading) return <Waiting />;
  if (refusal?.reason === "DECISION_NOT_FOUND" || refusal?.reason === "FIELD_INVALID") return <NotFound />;
  return (
    <div className={classes.page}>
      {refusal && <ErrorNotice refusal={refusal} title="The decision could not be read" />}
    </div>
  );
}

function NotFound() {
  return (
    <Empty title="No such decision">
      It does not exist, or it is not yours to see: submitters see their own, reviewers and leads those of their queues,
      auditors and admins all. <a href={hrefOf("decisions")}>Search decisions</a>
    </Empty>
  );
}
