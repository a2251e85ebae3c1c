export async function run(user: User) {
  const html = render(<Mail name={await load(user.id)} onClick={() => send(user)} {...props(user)}>{list(user)?.map((x) => <li key={x}>{x}</li>)}</Mail>);
  return await html;
}
