export function TrunksPage() { return <p>Trunks</p> }
