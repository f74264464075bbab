// The parts of a correction form, in plain elements: labels, words on buttons, no icons to guess.
import type {
  ArrayFieldItemTemplateProps,
  BaseInputTemplateProps,
  FieldErrorProps,
  FieldTemplateProps,
  IconButtonProps,
  RJSFSchema,
  TemplatesType,
} from "@rjsf/utils";
import classes from "./SchemaForm.module.css";
import type { Data } from "./validator";

const LONG = 80;

/** A line for text and figures; several where the text is long. Figures are typed freely: no wheel changes them. */
function Input({
  id,
  schema,
  value,
  required,
  disabled,
  readonly,
  onChange,
  placeholder,
  autofocus,
  rawErrors,
}: BaseInputTemplateProps<Data, RJSFSchema>) {
  const isNumber = schema.type === "number" || schema.type === "integer";
  const text = value === undefined || value === null ? "" : String(value);
  const empty = !isNumber && required ? "" : undefined;
  const shared = {
    id,
    value: text,
    disabled: disabled ?? false,
    readOnly: readonly ?? false,
    placeholder,
    autoFocus: autofocus ?? false,
    className: classes.input,
    "aria-invalid": (rawErrors?.length ?? 0) > 0,
    "aria-describedby": `${id}__error`,
    onChange: ({ target }: { target: { value: string } }) => onChange(target.value === "" ? empty : target.value),
  };
  if (!isNumber && (text.length > LONG || text.includes("\n"))) return <textarea {...shared} rows={6} />;
  return <input {...shared} type="text" inputMode={isNumber ? "decimal" : "text"} autoComplete="off" />;
}

function FieldRow({
  id,
  label,
  displayLabel,
  required,
  description,
  rawDescription,
  errors,
  children,
  hidden,
  schema,
}: FieldTemplateProps<Data, RJSFSchema>) {
  if (hidden) return null;
  const isPlain = displayLabel && schema.type !== "boolean";
  return (
    <div className={classes.row}>
      {isPlain && (
        <label htmlFor={id} className={classes.label}>
          {label}
          {required && <span className={classes.required}> (required)</span>}
        </label>
      )}
      {isPlain && rawDescription ? <div className={classes.hint}>{description}</div> : null}
      {children}
      {errors}
    </div>
  );
}

function FieldErrors({ errors = [], fieldPathId }: FieldErrorProps<Data, RJSFSchema>) {
  return (
    <div id={`${fieldPathId.$id}__error`} className={classes.errors} role="status">
      {errors.map((error, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: errors have no other name
        <p key={at}>{error}</p>
      ))}
    </div>
  );
}

function Item({ children, buttonsProps, hasToolbar, registry }: ArrayFieldItemTemplateProps<Data, RJSFSchema>) {
  const { ArrayFieldItemButtonsTemplate: Buttons } = registry.templates;
  return (
    <div className={classes.item}>
      <div className={classes.itemBody}>{children}</div>
      {hasToolbar && (
        <div className={classes.itemButtons}>
          <Buttons {...buttonsProps} />
        </div>
      )}
    </div>
  );
}

type ButtonProps = IconButtonProps<Data, RJSFSchema>;

function WordButton({ id, disabled, onClick, words }: ButtonProps & { readonly words: string }) {
  return (
    <button type="button" id={id} disabled={disabled} onClick={onClick} className={classes.button}>
      {words}
    </button>
  );
}

const AddButton = (props: ButtonProps) => <WordButton {...props} words="Add" />;
const CopyButton = (props: ButtonProps) => <WordButton {...props} words="Copy" />;
const MoveUpButton = (props: ButtonProps) => <WordButton {...props} words="Up" />;
const MoveDownButton = (props: ButtonProps) => <WordButton {...props} words="Down" />;
const RemoveButton = (props: ButtonProps) => <WordButton {...props} words="Remove" />;
const ClearButton = (props: ButtonProps) => <WordButton {...props} words="Clear" />;

export const formParts: Partial<TemplatesType<Data, RJSFSchema>> = {
  BaseInputTemplate: Input,
  FieldTemplate: FieldRow,
  FieldErrorTemplate: FieldErrors,
  ArrayFieldItemTemplate: Item,
  ButtonTemplates: {
    SubmitButton: () => null,
    AddButton,
    CopyButton,
    MoveUpButton,
    MoveDownButton,
    RemoveButton,
    ClearButton,
  },
};
