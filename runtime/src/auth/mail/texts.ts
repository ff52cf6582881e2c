// What mails about accounts say, in the languages of the product. A link stands alone on its line, and nothing of what others
// typed stands in a mail.

/** What a link is for. */
export type LinkKind = 'reset' | 'invite'

interface Words {
  readonly subject: string
  readonly before: string
  readonly after: string
}

const texts: Readonly<Record<string, Readonly<Record<LinkKind, Words>>>> = {
  en: {
    reset: {
      subject: 'Your new password',
      before: 'Choose a new password here. The link works once, for 30 minutes:',
      after: 'If you did not ask for this, nothing has happened: leave it.',
    },
    invite: {
      subject: 'You are invited',
      before: 'An account was made for you. Choose your password here. The link works once, for 7 days:',
      after: 'If you did not expect this, leave it.',
    },
  },
  fa: {
    reset: {
      subject: 'رمز عبور تازهٔ شما',
      before: 'رمز عبور تازه را اینجا انتخاب کنید. این پیوند یک بار و تا ۳۰ دقیقه کار می‌کند:',
      after: 'اگر شما آن را نخواسته‌اید، چیزی رخ نداده است؛ این نامه را نادیده بگیرید.',
    },
    invite: {
      subject: 'دعوت شده‌اید',
      before: 'حسابی برای شما ساخته شد. رمز عبور خود را اینجا انتخاب کنید. این پیوند یک بار و تا ۷ روز کار می‌کند:',
      after: 'اگر منتظر آن نبودید، این نامه را نادیده بگیرید.',
    },
  },
  ro: {
    reset: {
      subject: 'Parola dumneavoastră nouă',
      before: 'Alegeți aici o parolă nouă. Linkul funcționează o singură dată, timp de 30 de minute:',
      after: 'Dacă nu ați cerut acest lucru, nu s-a întâmplat nimic: ignorați mesajul.',
    },
    invite: {
      subject: 'Ați fost invitat',
      before:
        'A fost creat un cont pentru dumneavoastră. Alegeți aici parola. Linkul funcționează o singură dată, timp de 7 zile:',
      after: 'Dacă nu așteptați acest mesaj, ignorați-l.',
    },
  },
  ru: {
    reset: {
      subject: 'Ваш новый пароль',
      before: 'Выберите новый пароль здесь. Ссылка действует один раз, 30 минут:',
      after: 'Если вы об этом не просили, ничего не произошло: не обращайте внимания.',
    },
    invite: {
      subject: 'Вас пригласили',
      before: 'Для вас создана учётная запись. Выберите пароль здесь. Ссылка действует один раз, 7 дней:',
      after: 'Если вы этого не ждали, не обращайте внимания.',
    },
  },
  th: {
    reset: {
      subject: 'รหัสผ่านใหม่ของคุณ',
      before: 'เลือกรหัสผ่านใหม่ที่นี่ ลิงก์ใช้ได้ครั้งเดียวภายใน 30 นาที:',
      after: 'หากคุณไม่ได้ขอ ไม่มีอะไรเปลี่ยนแปลง โปรดละเว้นอีเมลนี้',
    },
    invite: {
      subject: 'คุณได้รับเชิญ',
      before: 'มีการสร้างบัญชีให้คุณแล้ว เลือกรหัสผ่านของคุณที่นี่ ลิงก์ใช้ได้ครั้งเดียวภายใน 7 วัน:',
      after: 'หากคุณไม่ได้คาดหวังอีเมลนี้ โปรดละเว้น',
    },
  },
}

/** The mail that carries a link. `language`: of the person, if it is known. */
export function linkMail(kind: LinkKind, link: string, language: string | null): { subject: string; text: string } {
  const { subject, before, after } = (texts[language ?? 'en'] ?? texts['en']!)[kind]
  return { subject, text: `${before}\n\n${link}\n\n${after}\n` }
}
