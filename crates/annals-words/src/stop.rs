//! Words that are in every text and say nothing about any.
//!
//! They are left out of a question, never out of an entry: a question of nothing else is asked with them.
//! The lists are short on purpose; a word too few costs a little order among the answers, a word too many is one that can't be asked for.

/// Whether the word says nothing in this language.
pub(super) fn is_stop(word: &str, language: &str) -> bool {
    words(language).is_some_and(|words| words.split_ascii_whitespace().any(|stop| stop == word))
}

fn words(language: &str) -> Option<&'static str> {
    LISTS.iter().find(|(known, _)| *known == language).map(|(_, words)| *words)
}

const LISTS: [(&str, &str); 19] = [
    (
        "en",
        "a an and are as at be been but by can did do does for from had has have he her his how i if in into is it its me my no not of on or our she so \
         that the their them then there these they this to us was we were what when where which who why will with would you your",
    ),
    (
        "de",
        "aber als am an auch auf aus bei bin bis da das dass dem den der des die dies diese dieser du ein eine einem einen einer er es für haben hat hatte \
         ich ihr im in ist ja kann man mit nach nicht noch oder sein sich sie sind über um und uns von vor war was wenn wer wie wir wird wo zu zum zur warum wann welche welchen welcher welches wurde wurden",
    ),
    (
        "fr",
        "à au aux avec ce ces cet cette comme dans de des du elle en est et être eux il ils je la le les leur lui ma mais me mes mon ne nos notre nous on ou où \
         par pas pour qu que qui quoi sa se ses son sont sur ta te tu un une vos votre vous y comment était pourquoi quand quel quelle quelles quels ont",
    ),
    (
        "es",
        "a al algo como con cuál cuando de del desde donde el ella ellos en entre era es esta este esto estos fue ha hay la las le les lo los más me mi muy no nos o \
         para pero por porque qué que quien se ser si sin sobre son su sus también te tu un una uno y ya yo cómo cuáles cuándo dónde está están estaba eran fueron han quién quiénes",
    ),
    (
        "it",
        "a ad al alla anche che chi ci come con cosa da dal dei del della delle di dove e è ed era gli ha hanno i il in io la le lo loro ma mi ne nel nella non o \
         per perché più quale quando questo se si sono su sul tra un una uno dov erano fu quali quanto sta stata stati stato stanno",
    ),
    (
        "pt",
        "a ao aos as com como da das de do dos e é ela ele em entre era essa este eu foi há isso já mais mas me meu na nas no nos não o onde os ou para pela pelo por \
         qual quando que quem se ser seu são sobre sua também te um uma você quais foram estava estavam está estão eram quanto porque",
    ),
    (
        "nl",
        "aan als bij dan dat de der deze die dit door een en er had heeft het hij hoe ik in is je kan maar me met mijn na naar niet nog of om ons ook op over te tot uit \
         van voor waar was wat we werd wie wij ze zijn zo hebben waarom wanneer welke waren",
    ),
    (
        "sv",
        "alla att av av de den det dig din du där efter ej en er ett för från ha han hans har hon hur i inte jag kan med men mot nu när och om oss på som så till ut var vi vid vad är varför vem vilka vilken vilket",
    ),
    (
        "da",
        "af alle at blev da de den der det dig du efter eller en er et for fra ham han har hun hvad hvor hvordan i ikke jeg kan man med men mig når og om os på sig som så til ud ved vi var hvem hvilke hvilken hvilket hvorfor hvornår",
    ),
    (
        "no",
        "alle at av da de den der det du eller en er et for fra ham han har hun hva hvor hvordan i ikke jeg kan man med men meg når og om oss på seg som så til ut ved vi var hvem hvilke hvilken hvilket hvorfor",
    ),
    (
        "fi",
        "ei että he hän ja jos jotka joka kanssa kuin kun me mikä mitä missä mutta myös ne niin ole oli on ovat se sen sekä siitä tai tämä vai kuka miksi milloin miten olivat",
    ),
    (
        "tr",
        "ama bir bu çok da daha de en gibi her için ile ise kadar ki mi ne neden o olan olarak sonra şu ve veya ya nasıl nerede nerde kim hangi kaç zaman",
    ),
    (
        "hu",
        "a az de egy ez és hogy ha is ki mi mint meg nem van volt vagy csak hol mit hogyan kik mikor miért melyik voltak vannak milyen",
    ),
    ("ro", "a ai al am ar ce ca care cu de din este eu fi în la mai nu o pe pentru prin sau se si și sunt un una unde"),
    ("id", "ada adalah akan apa atau dan dari dengan di dia ini itu juga ke kita oleh pada saya tidak untuk yang"),
    (
        "ru",
        "а без бы в во вы где да для до его если есть же за и из или их к как когда кто мы на не но о об он она они от по при с со так то того что это этот я какая какие какой почему чем был была были",
    ),
    (
        "el",
        "από για είναι ένα η θα και με μια να ο οι που πως σε στην στο τα την της τι το τον του των ποιος ποια ποιο πού πώς πότε γιατί ήταν",
    ),
    ("ar", "أن إلى أو التي الذي عن على في كان لا ما مع من هذا هذه هل هو هي و كيف"),
    ("he", "אבל או אל אם את גם הוא היא זה זו יש כי לא מה מי על עם של איך איפה מתי למה היה היו"),
];

#[cfg(test)]
mod tests;
