export function FlowPage() { return <p>Flow</p> }
